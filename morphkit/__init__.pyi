# The front door: every public name, from the module that it lives in.

from ._core.clean import Cleaned as Cleaned
from ._core.clean import clean_folder as clean_folder
from ._core.finding import Finding as Finding
from ._core.locks import waiting as waiting
from ._core.progress import Progress as Progress
from .errors import InputError as InputError
from .errors import MissingExtraError as MissingExtraError
from .errors import MorphkitError as MorphkitError
from .errors import OutputError as OutputError
from .experiment.allocation import Allocation as Allocation
from .experiment.allocation import allocate_participants as allocate_participants
from .experiment.analysis.fitting import (
    fit_difference_scales as fit_difference_scales,
)
from .experiment.analysis.fitting import (
    fit_psychometric_functions as fit_psychometric_functions,
)
from .experiment.analysis.fitting import measure_attention as measure_attention
from .experiment.analysis.fitting import (
    measure_discrimination as measure_discrimination,
)
from .experiment.analysis.fitting import measure_labels as measure_labels
from .experiment.analysis.fitting import summarise_ratings as summarise_ratings
from .experiment.analysis.measured_balance import (
    measure_balance_points as measure_balance_points,
)
from .experiment.analysis.trial_outcome import analyse_training as analyse_training
from .experiment.answer import Answer as Answer
from .experiment.answer import Answers as Answers
from .experiment.answer_files import join_answers as join_answers
from .experiment.answer_files import read_answers as read_answers
from .experiment.answer_files import write_answers as write_answers
from .experiment.balance_points import BalancePoints as BalancePoints
from .experiment.balance_points import read_balance_points as read_balance_points
from .experiment.course import Course as Course
from .experiment.course import plan_course as plan_course
from .experiment.data_quality import DataQuality as DataQuality
from .experiment.data_quality import data_quality as data_quality
from .experiment.design import Design as Design
from .experiment.designs.files import read_design as read_design
from .experiment.observers.observer import Observer as Observer
from .experiment.simulate import simulate_answers as simulate_answers
from .experiment.study_plan import design_study as design_study
from .experiment.texts import write_wording as write_wording
from .export.export_pack import export_pack as export_pack
from .faces.detectors import detect as detect
from .faces.face import Face as Face
from .faces.formats import read_landmarks as read_landmarks
from .faces.formats import write_landmarks as write_landmarks
from .faces.formats.template_json import find_template as find_template
from .faces.images.read import Photo as Photo
from .faces.images.read import read_photo as read_photo
from .faces.images.read import write_png as write_png
from .faces.landmarks import Landmarks as Landmarks
from .faces.template import Template as Template
from .morph.continuum import Continuum as Continuum
from .morph.derived_face import DerivedFace as DerivedFace
from .morph.prototype import prototype as prototype
from .morph.settings import FinishSettings as FinishSettings
from .morph.settings import MatchSettings as MatchSettings
from .morph.settings import MorphSettings as MorphSettings
from .morph.symmetrise import symmetrise as symmetrise
from .morph.trajectory import Trajectory as Trajectory
from .morph.transform import transform as transform
from .pack.compare import compare_packs as compare_packs
from .pack.compare import draw_comparison as draw_comparison
from .pack.model import Pack as Pack
from .pack.read import read_pack as read_pack
from .pack.recheck import check_pack as check_pack
from .pack.verify import verify_pack as verify_pack
from .pipeline.continuum import continuum as continuum
from .pipeline.delineate.agreement import (
    measure_landmark_agreement as measure_landmark_agreement,
)
from .pipeline.delineate.convert import convert_landmarks as convert_landmarks
from .pipeline.delineate.detect import delineate_photos as delineate_photos
from .pipeline.delineate.overlay import draw_overlay as draw_overlay
from .pipeline.delineate.propagate import PropagateSettings as PropagateSettings
from .pipeline.delineate.propagate import propagate_face as propagate_face
from .pipeline.delineate.propagate import propagate_landmarks as propagate_landmarks
from .pipeline.delineate.read import check_landmark_files as check_landmark_files
from .pipeline.delineate.survey import survey_photos as survey_photos
from .pipeline.delineate.train import train_detector as train_detector
from .pipeline.demo import build_demo as build_demo
from .pipeline.demo import shipped_faces as shipped_faces
from .pipeline.derive_photos import PhotoSettings as PhotoSettings
from .pipeline.derive_photos import prototype_photos as prototype_photos
from .pipeline.derive_photos import symmetrise_photo as symmetrise_photo
from .pipeline.derive_photos import transform_photo as transform_photo
from .pipeline.entries import list_entries as list_entries
from .pipeline.face_files import read_face as read_face
from .pipeline.make_pack import build_pack as build_pack
from .pipeline.make_pack import morph_photos as morph_photos
from .pipeline.publish import publish_pack as publish_pack
from .pipeline.reproduce import reproduce_pack as reproduce_pack
from .pipeline.respace import respace_recipe as respace_recipe
from .pipeline.source_faces import SourceFiles as SourceFiles
from .pipeline.start_study import start_study as start_study
from .recipe.model import Recipe as Recipe
from .recipe.read import make_recipe as make_recipe
from .recipe.read import read_recipe as read_recipe
from .report.filmstrip_files import write_filmstrips as write_filmstrips
from .report.write_files import report_pack as report_pack
from .serving.run import serve_study as serve_study
from .studio.run import open_studio as open_studio

__version__: str
